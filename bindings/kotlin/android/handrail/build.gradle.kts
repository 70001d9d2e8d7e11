import javax.inject.Inject
import org.gradle.process.ExecOperations
import org.jetbrains.kotlin.gradle.dsl.JvmTarget

plugins {
    id("com.android.library")
}

/** The oldest Android that is supported: 8.0. */
val oldest = 26

android {
    namespace = "app.handrail"
    compileSdk = 37
    // From r28 on, libraries are aligned for pages of 16 KB.
    ndkVersion = "28.2.13676358"

    defaultConfig {
        minSdk = oldest
        consumerProguardFiles("consumer-rules.pro")
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }

    // The sources that Maven compiles and tests.
    sourceSets.named("main") {
        kotlin.directories += listOf("../../src/main/kotlin", "../../generated")
        resources.directories += "../../src/main/resources"
    }
}

kotlin {
    compilerOptions {
        jvmTarget = JvmTarget.JVM_17
    }
}

dependencies {
    api("org.jetbrains.kotlinx:kotlinx-coroutines-android:1.11.0")
    // The AAR, not the JAR: it carries JNA's own native libraries.
    implementation("net.java.dev.jna:jna:5.19.1@aar")
}

/** The phone core for each kind of processor, by cargo-ndk. Cargo itself knows what is up to date. */
@DisableCachingByDefault(because = "cargo keeps what it has built")
abstract class CargoNdk @Inject constructor(private val programs: ExecOperations) : DefaultTask() {
    @get:Internal abstract val workspace: DirectoryProperty

    @get:Internal abstract val ndk: DirectoryProperty

    @get:Input abstract val abis: ListProperty<String>

    @get:Input abstract val platform: Property<Int>

    @get:OutputDirectory abstract val libraries: DirectoryProperty

    init {
        outputs.upToDateWhen { false }
    }

    @TaskAction
    fun build() {
        val targets = abis.get().flatMap { listOf("--target", it) }
        val place = listOf("--platform", "${platform.get()}", "--output-dir", libraries.get().asFile.path)
        // `small` is the profile of phones, in the workspace's Cargo.toml.
        val core = listOf("build", "--locked", "--package", "handrail-companion", "--profile", "small")
        programs.exec {
            workingDir = workspace.get().asFile
            environment("ANDROID_NDK_HOME", ndk.get().asFile.path)
            commandLine(listOf("cargo", "ndk") + targets + place + core)
        }
    }
}

/** Generated code with the replay of test vectors asks for a symbol that a phone's library has not. */
abstract class CheckGenerated : DefaultTask() {
    @get:Internal abstract val generated: RegularFileProperty

    @TaskAction
    fun check() {
        val file = generated.get().asFile
        if (!file.exists() || "checkVectors" in file.readText()) throw GradleException("run: cargo xtask bindings")
    }
}

val cargoNdk = tasks.register<CargoNdk>("cargoNdk") {
    workspace = layout.projectDirectory.dir("../../../..")
    ndk = androidComponents.sdkComponents.ndkDirectory
    abis = listOf("arm64-v8a", "armeabi-v7a", "x86_64", "x86")
    platform = oldest
}

val checkGenerated = tasks.register<CheckGenerated>("checkGenerated") {
    generated = layout.projectDirectory.file("../../generated/app/handrail/generated/handrail_companion.kt")
}

tasks.named("preBuild") { dependsOn(checkGenerated) }

androidComponents {
    onVariants { variant ->
        variant.sources.jniLibs?.addGeneratedSourceDirectory(cargoNdk, CargoNdk::libraries)
    }
}
